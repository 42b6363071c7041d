"""The half widths of summary.csv from main.csv, by the textbook's formula."""

import csv
import math
import statistics
from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "artifacts" / "reference" / "aggregates"
T = 4.302652729911275  # Student's t of two degrees of freedom, 97.5 %


def read(name):
    """Return the rows of a CSV file."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


runs = defaultdict(list)
for row in read("main.csv"):
    if row["score"]:
        runs[row["method"], row["config"]].append((float(row["score"]), float(row["loss"])))
compared, different = 0, []
for row in read("summary.csv"):
    if not row["score"]:
        continue
    compared += 1
    scores, losses = zip(*runs[row["method"], row["config"]], strict=True)
    wanted = {"score": statistics.mean(scores), "loss": statistics.mean(losses)}
    if len(scores) == 3:
        wanted["score_seeds"] = T * statistics.stdev(scores) / math.sqrt(3)
    if row["score_half_width"]:
        parts = (float(row[name] or 0) for name in ("score_seeds", "score_episodes"))
        wanted["score_half_width"] = math.hypot(*parts)
    if any(abs(float(row[name]) - value) > 1e-6 for name, value in wanted.items()):
        different.append(row)
