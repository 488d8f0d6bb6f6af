// The worker's start: loads the engine's module from beside itself and lets it answer.
import init, { serve } from "./nearfield_engine.js";

try {
  await init();
  serve();
} catch (error) {
  postMessage({ error: { code: "engine", message: `the engine does not start: ${error.message}` } });
}
