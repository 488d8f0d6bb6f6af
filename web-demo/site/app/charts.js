// Small drawings. Each says in words what it shows; the tables beside them have the numbers.

import { svg } from "./dom.js";

/** A line over equal steps. */
export function line(values, label) {
  const [width, height] = [320, 72];
  const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
  const x = (i) => (i / Math.max(1, values.length - 1)) * width;
  const y = (value) => height - 2 - ((value - low) / (high - low)) * (height - 4);
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const zero = y(0).toFixed(1);
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "line", role: "img", "aria-label": label, preserveAspectRatio: "none" },
    svg("polygon", { points: `0,${zero} ${points} ${width},${zero}` }),
    svg("polyline", { points, "vector-effect": "non-scaling-stroke" }),
  );
}

/** Pairs of bars: in and out. */
export function pairs(rows, label) {
  const [width, height] = [28 * rows.length, 120];
  const high = Math.max(1, ...rows.flatMap(({ credit, debit }) => [credit, debit]));
  const bar = (kind, value, x) => {
    const tall = (value / high) * (height - 18);
    return svg("rect", { class: kind, x, y: height - 16 - tall, width: 10, height: tall, rx: 2 });
  };
  const drawn = rows.flatMap(({ name, credit, debit }, i) => [
    bar("credit", credit, i * 28 + 2),
    bar("debit", debit, i * 28 + 13),
    svg("text", { x: i * 28 + 12.5, y: height - 4, "text-anchor": "middle" }, name),
  ]);
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "pairs", role: "img", "aria-label": label }, ...drawn);
}

/** A factor as a bar from 1: to the right it raises the score, to the left it lowers it. Each step doubles. */
export function factor(value) {
  const doublings = Math.max(-4, Math.min(4, Math.log2(value)));
  const [from, long] = doublings < 0 ? [50 + doublings * 12, -doublings * 12] : [50, doublings * 12];
  return svg(
    "svg",
    { viewBox: "0 0 100 10", class: "factor", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("rect", { class: "track", x: 0, y: 3, width: 100, height: 4 }),
    svg("rect", { class: doublings < 0 ? "less" : "more", x: from, y: 1, width: Math.max(0.8, long), height: 8 }),
  );
}
