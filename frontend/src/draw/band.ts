/** Lines and bands over steps as SVG path data; a gap where a value is missing. */

type Place = (value: number) => number;

const DASH = 4;

const point = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** Path of a line; a value between two gaps is a dash. */
export function linePath(steps: Float64Array, value: Float64Array, x: Place, y: Place): string {
  let path = "";
  let open = false;
  for (let i = 0; i < steps.length; i++) {
    if (isNaN(value[i]!)) open = false;
    else {
      const at = x(steps[i]!);
      const alone = !open && (i + 1 === steps.length || isNaN(value[i + 1]!));
      path += `${open ? "L" : "M"}${point(alone ? at - DASH / 2 : at, y(value[i]!))}${alone ? `h${DASH}` : ""}`;
      open = true;
    }
  }
  return path;
}

/** Path of the band between low and high: one closed shape for each stretch in which both are known. */
export function bandPath(steps: Float64Array, low: Float64Array, high: Float64Array, x: Place, y: Place): string {
  let path = "";
  let upper: string[] = [];
  let lower: string[] = [];
  const close = (): void => {
    const [only] = upper;
    if (only !== undefined && upper.length === 1) {
      // A record between two gaps is as wide as a dash of the line.
      const [at, top] = only.split(" ").map(Number) as [number, number];
      path += `M${point(at - DASH / 2, top)}h${DASH}V${lower[0]!.split(" ")[1]}h-${DASH}Z`;
    } else if (upper.length > 0) path += `M${upper.join("L")}L${lower.reverse().join("L")}Z`;
    upper = [];
    lower = [];
  };
  for (let i = 0; i < steps.length; i++) {
    if (isNaN(low[i]!) || isNaN(high[i]!)) close();
    else {
      upper.push(point(x(steps[i]!), y(high[i]!)));
      lower.push(point(x(steps[i]!), y(low[i]!)));
    }
  }
  close();
  return path;
}
