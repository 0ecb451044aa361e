import { describe, expect, it } from "vitest";
import { count, percent, relativeTime, short, signed, spanWords, stepLabel, tick, wallTime, whole } from "../../src/draw/numbers";

describe("ticks", () => {
  it.each([
    [0, "0"], [0.25, "0.25"], [-0.3, "−0.3"], [1234, "1234"], [0.001, "0.001"], [9999, "9999"], [10_000, "1e4"], [12_345, "1.23e4"],
    [0.0004, "4e−4"], [-4e-7, "−4e−7"], [100, "100"], [0.1 + 0.2, "0.3"], [1e300, "1e300"],
  ])("write %d as %s, as the stock card does", (value, words) => expect(tick(value)).toBe(words));
});

describe("values", () => {
  it.each([
    [null, "–"], [Number.NaN, "–"], [Infinity, "∞"], [-Infinity, "−∞"], [0, "0"], [-0.00269, "−0.0027"], [2.345, "2.3"],
    [123.4, "123"], [22_716, "22,700"], [9.3e-7, "9.3e−7"], [1e-8, "1e−8"], [250_000, "2.5e5"],
  ])("read %s as %s", (value, words) => expect(short(value)).toBe(words));

  it.each([[0, "0 %"], [0.0001, "<1 %"], [0.77, "77 %"], [0.999, ">99 %"], [1, "100 %"], [Number.NaN, "–"]])(
    "as shares read %d as %s", (value, words) => expect(percent(value)).toBe(words));

  it.each([[3072, "3,072"], [6.5834, "about 6.6"], [37, "37"], [0, "0"], [512.4, "512"]])(
    "as counts read %d as %s", (value, words) => expect(count(value)).toBe(words));
});

describe("steps and times", () => {
  it.each([[0, "0"], [5900, "5,900"], [-1, "−1"], [999_999, "999,999"], [1_000_000, "1M"], [12_340_000, "12.34M"], [2.5e9, "2.5G"]])(
    "label step %d as %s", (step, words) => expect(stepLabel(step)).toBe(words));

  it.each([[0, "0"], [0.25, "250 ms"], [12, "12 s"], [90, "1.5 min"], [5400, "1.5 h"], [86_400, "1 d"], [864_000, "10 d"]])(
    "write %d seconds as %s", (seconds, words) => expect(relativeTime(seconds)).toBe(words));

  it("take wall times for seconds, not for milliseconds", () => {
    const date = new Date(2026, 10, 22, 4, 5, 6);
    expect(wallTime(date.getTime() / 1000)).toBe("11/22 04:05:06");
    expect(wallTime(Number.NaN)).toBe("–");
  });

  it("make sentences", () => {
    expect(spanWords(800, 12_000)).toBe("steps 800 to 12,000");
    expect(spanWords(800, 800)).toBe("step 800");
    expect(whole(-1234)).toBe("−1,234");
  });

  it.each([
    ["mean -7.2e-10, between -3.1e-8 and 2.1e-8", "mean −7.2e−10, between −3.1e−8 and 2.1e−8"], ["(-1 is the limit)", "(−1 is the limit)"],
    ["fine-tuning of conv-1/kernel, top-5 of 1-2", "fine-tuning of conv-1/kernel, top-5 of 1-2"], ["-1", "−1"],
    ["94-97 % zeros, 100%", "94-97\u00a0% zeros, 100%"],
  ])("have the signs of figures, and names their hyphen: %s", (text, words) => expect(signed(text)).toBe(words));
});
