"""A linear probe: how well one linear layer can tell the classes apart from given features. No TensorFlow.

Alain and Bengio, "Understanding intermediate layers using linear classifier probes" (2016). The probe is
logistic regression on standardised features; the network is not trained.
"""

import numpy as np

PENALTY = 0.1  # scikit-learn's C: the inverse of the weight of the L2 penalty; 0.01 to 1 change little
MOST_STEPS = 1000  # of the solver; a few dozen are usual


def predict(learned: np.ndarray, labels: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """What a probe taught by `learned` says of `tested`.

    Features are standardised by the mean and deviation of `learned`, so that the penalty weighs every
    feature alike, whatever its scale.

    Args:
        learned: float (n, d), features to learn from.
        labels: int (n,), their classes, at least two different ones.
        tested: float (m, d).

    Returns:
        int (m,), predicted classes.

    Raises:
        ValueError: the labels are all of one class.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=MOST_STEPS))
    return probe.fit(learned, labels).predict(tested)
