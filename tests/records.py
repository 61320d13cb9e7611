"""Finished records made by hand, for tests of what keeps and shows them."""

from core.results import (
    DatasetSummary,
    EpochMetrics,
    Evaluation,
    PhaseResult,
    RunResult,
    WeightChange,
    WeightsInfo,
)

KEY = "run-v1-0123456789abcdef"


def an_evaluation(correct: int = 6, n: int = 8) -> Evaluation:
    return Evaluation(
        n,
        correct,
        correct / n,
        (0.4, 0.9),
        0.5,
        ((correct // 2, 1), (n - correct - 1, correct - correct // 2)),
    )


def a_phase(name: str = "feature_extraction", first_epoch: int = 1) -> PhaseResult:
    epochs = tuple(EpochMetrics(first_epoch + i, 0.7, 0.6, 0.65, 0.7, 1.5) for i in range(2))
    return PhaseResult(
        name=name,
        unfreeze_from=154,
        trainable_variables=2,
        trainable_parameters=1281,
        epochs=epochs,
        validation=an_evaluation(),
        test=an_evaluation(5),
        weight_change=(WeightChange(1, "Conv1", 0.0, 0.0),),
        path="features",
        seconds={"total": 3.0, "data": 0.0, "features": 1.0, "trace": 0.5, "train": 1.0, "evaluate": 0.5},
        seconds_from_nothing=4.0,
    )


def a_result(key: str = KEY) -> RunResult:
    return RunResult(
        run_key=key,
        dataset=DatasetSummary(
            "digits",
            ("0", "1"),
            {"train": 20, "validation": 8, "test": 8},
            "split-v1-0123456789abcdef",
            {"train": (10, 10), "validation": (4, 4), "test": (4, 4)},
        ),
        weights=WeightsInfo("package", "3e19"),
        phases=(a_phase(),),
        batch_norm="inference",
        path="features",
        device="CPU, 2 threads",
        seconds={"total": 3.0},
        created="2026-01-01T00:00:00Z",
    )
