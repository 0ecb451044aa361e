import { expect, it } from "vitest";
import { histogramsCsv } from "../src/csv";

it("gives a row a bucket, and one for a record that was not finite", () => {
  const data = {
    id: 0, run: "", tag: "", steps: Float64Array.of(0, 10), wallTimes: Float64Array.of(1.5, 2.5), nonfinite: Uint8Array.of(0, 1),
    start: Int32Array.of(0, 2, 2), left: Float64Array.of(-1, 0), right: Float64Array.of(0, 1e-9), count: Float64Array.of(3, 4),
  };
  expect(histogramsCsv(data)).toBe("step,wall_time,left,right,count\n0,1.5,-1,0,3\n0,1.5,0,1e-9,4\n10,2.5,nan,nan,\n");
});
