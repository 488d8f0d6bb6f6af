// Writes tests.jsonl: `node derive.mjs path/to/package`, the unpacked npm package @bufbuild/cel-spec.
// One test a line, as the package has it; what only says how a type checker sees it is left out.
import fs from "node:fs";
import path from "node:path";

const SECTIONS = [
  "basic", "comparisons", "fp_math", "integer_math", "lists", "logic", "macros", "math_ext", "parse", "plumbing",
];
const file = path.join(process.argv[2], "dist/esm/testdata/conformance.js");
// The file is one constant; it is read as a module so that no dependency of the package is needed.
const { tests } = await import("data:text/javascript," + encodeURIComponent(fs.readFileSync(file, "utf8")));
const lines = [];
for (const name of SECTIONS) {
  const section = tests.suites.find((suite) => suite.name === name);
  for (const suite of section?.suites ?? []) {
    for (const { original } of suite.tests) {
      const { name: test, expr, bindings, value, evalError, anyEvalErrors, unknown, anyUnknowns } = original;
      const error = evalError ?? anyEvalErrors ?? unknown ?? anyUnknowns;
      lines.push(JSON.stringify({
        name: `${name}/${suite.name}/${test}`,
        expr,
        bindings,
        // The specification: without a result, the expression must be true.
        ...(error ? { error: true } : { value: value ?? { boolValue: true } }),
      }, (_, value) => Object.is(value, -0) ? "-0.0" : value));
    }
  }
}
fs.writeFileSync(new URL("tests.jsonl", import.meta.url), lines.join("\n") + "\n");
