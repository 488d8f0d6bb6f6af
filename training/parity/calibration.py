"""Made-up scores with made-up outcomes, and what scikit-learn's calibration makes of them.

    VENV/bin/python training/parity/calibration.py

needs scikit-learn 1.9.1 and writes `tests/parity/calibration.json`.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

OUT = Path(__file__).resolve().parents[2] / "tests" / "parity" / "calibration.json"
RANDOM = np.random.default_rng(20_261_123)


def main():
    made = []
    for name, rows, scale in [("shares", 300, 1.0), ("margins", 200, 12.0), ("few-values", 150, 1.0), ("rare", 400, 1.0)]:
        truth = RANDOM.random(rows)
        scores = scale * (truth**2 if name != "margins" else truth - 0.5)
        if name == "few-values":
            scores = np.round(scores, 1)
        chance = 0.05 + (0.15 if name == "rare" else 0.9) * truth
        labels = (RANDOM.random(rows) < chance).astype(int)
        sigmoid = _SigmoidCalibration().fit(scores, labels)
        asked = np.concatenate([np.linspace(scores.min() - 0.1, scores.max() + 0.1, 40), scores[:20]])
        isotonic = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
        made.append({
            "name": name,
            "scores": scores.tolist(),
            "labels": labels.tolist(),
            "asked": asked.tolist(),
            "platt": sigmoid.predict(asked).tolist(),
            "isotonic": isotonic.predict(asked).tolist(),
        })
    OUT.write_text(json.dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
