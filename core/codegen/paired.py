"""The verdict as a script of its own: exact test and bootstrap from the exported predictions."""

from core.compare.networks import Compared


def paired_code(first: Compared, second: Compared, csv_name: str) -> str:
    """Python that reads an exported file of predictions and tests `second` against `first`.

    Args:
        csv_name: Of the file, as it is downloaded.
    """
    return f"""import numpy as np
import pandas as pd
from scipy.stats import binomtest, bootstrap

table = pd.read_csv({csv_name!r})
first = table[{f"{first.label}: right"!r}].to_numpy()
second = table[{f"{second.label}: right"!r}].to_numpy()

# McNemar's exact test: only images on which the two differ count
fixed, broke = int((second & ~first).sum()), int((first & ~second).sum())
p = binomtest(fixed, fixed + broke, 0.5).pvalue if fixed + broke else 1.0
print(f"fixed {{fixed}}, broke {{broke}} of {{len(table)}} images: p = {{p:.4f}}")

# The gain, with the 95% interval of a paired bootstrap
difference = second.astype(float) - first.astype(float)
if fixed + broke:
    found = bootstrap([difference], np.mean, method="percentile", random_state=0)
    low, high = found.confidence_interval
    print(f"gain {{100 * difference.mean():+.1f}} points, {{100 * low:+.1f}} to {{100 * high:+.1f}}")
"""
