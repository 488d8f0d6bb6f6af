"""Three segments by k-means, named by what their centres show."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from activation import settled
from data import SEED

INPUTS = ["months_covered", "cash_withdrawal_share_90d", "transfer_out_count_90d"]

# Which centre bears which name: the one that is highest in this input.
NAMES = {
    "saver": ("months_covered", {"en": "Saver", "cs": "Střádal"}),
    "cash-first": ("cash_withdrawal_share_90d", {"en": "Cash first", "cs": "Raději hotově"}),
    "everyday-payer": ("transfer_out_count_90d", {"en": "Everyday payer", "cs": "Aktivní plátce"}),
}


def train(matrix):
    inputs = matrix.columns(INPUTS)[settled(matrix)]
    # A few customers spend next to nothing and cover hundreds of months: without bounds they would be a
    # segment of their own. Serving has no bounds: a value beyond one only pulls harder to the centre that way.
    low, high = np.nanpercentile(inputs, [5, 95], axis=0)
    inputs = np.clip(inputs, low, high)
    means, scales = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
    points = np.nan_to_num((inputs - means) / scales)
    clusters = KMeans(3, n_init=50, random_state=SEED % 2**31).fit(points)
    centres = clusters.cluster_centers_

    personas, sizes = [], {}
    for name, (mark, title) in NAMES.items():
        at = int(np.argmax(centres[:, INPUTS.index(mark)]))
        sizes[name] = int((clusters.labels_ == at).sum())
        personas.append({"id": name, "title": title, "centroid": [round(float(x), 6) for x in centres[at]]})
    assert sum(sizes.values()) == len(points), "two names fell on one centre: look at the centres and name them anew"

    agreement = []
    for draw in range(10):
        sample = np.random.default_rng(SEED + draw).integers(0, len(points), len(points))
        again = KMeans(3, n_init=20, random_state=draw).fit(points[sample])
        agreement.append(adjusted_rand_score(clusters.labels_, again.predict(points)))
    scores = {
        "customers": len(points),
        "sizes": sizes,
        "centres": {
            persona["id"]: {
                name: round(float(z * scale + mean), 2)
                for name, z, scale, mean in zip(INPUTS, persona["centroid"], scales, means)
            }
            for persona in personas
        },
        "silhouette": round(float(silhouette_score(points, clusters.labels_)), 3),
        "bootstrap_adjusted_rand": {
            "least": round(float(min(agreement)), 3),
            "mean": round(float(np.mean(agreement)), 3),
        },
    }
    model = {
        "format": "nearfield-personas/1",
        "inputs": [
            {"variable": name, "mean": round(float(mean), 6), "scale": round(float(scale), 6)}
            for name, mean, scale in zip(INPUTS, means, scales)
        ],
        "personas": personas,
    }
    return model, scores
