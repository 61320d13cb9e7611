"""How written code fits: class weights, early stopping, and the weights of the best epoch."""

from core.config import ExperimentConfig

# By the formula of scikit-learn's compute_class_weight("balanced", ...)
_WEIGHTS = """
# What an image of each class counts, so that every class counts alike in all
counts = np.bincount({labels})
class_weight = {{label: counts.sum() / (len(counts) * count) for label, count in enumerate(counts)}}
""".strip("\n")


def class_weight_lines(config: ExperimentConfig, labels: str) -> str:
    """The lines that define `class_weight` from the class numbers in `labels`; nothing without weights."""
    return _WEIGHTS.format(labels=labels) if config.class_weight != "none" else ""


def stopping(config: ExperimentConfig, epochs: int) -> str:
    """Keras's callback for a phase of so many epochs; nothing where it always ends with its last one."""
    if not config.validation_chooses:
        return ""
    patience = config.patience or epochs  # after so many the phase is over anyway
    restores = ", restore_best_weights=True" if config.keep == "best" else ""
    return f'keras.callbacks.EarlyStopping("val_loss", patience={patience}{restores})'


def fit_function(config: ExperimentConfig) -> str:
    """The function `fit` of a script: epoch by epoch, each in an order of its own, into `history`."""
    best, stops = config.keep == "best", config.may_stop_early
    more = [f"Stops after {config.patience} in a row without a lower validation loss."] * stops
    more += ["Ends with the weights of the epoch with the lowest validation loss."] * best
    about = "Epochs from `first` up to `last`, each in an order that depends on the seed and the epoch alone."
    lines = ["def fit(model, first, last):", f'    """{about}' + ("" if more else '"""')]
    lines += ["", *(f"    {one}" for one in more), '    """'] if more else []
    lines += [
        "    for epoch in range(first, last):",
        "        order = np.random.default_rng([SEED, epoch]).permutation(len(x_train))",
        "        found = model.fit(",
        "            x_train[order], y_train[order], batch_size=BATCH, shuffle=False, verbose=2,",
        "            initial_epoch=epoch, epochs=epoch + 1, validation_data=(x_validation, y_validation),",
        *["            class_weight=class_weight,"] * (config.class_weight != "none"),
        "        ).history",
        "        history.append({name: values[0] for name, values in found.items()})",
    ]
    if config.validation_chooses:
        lower = 'history[epoch]["val_loss"] < history[best]["val_loss"]'
        lines += [f"        if epoch == first or {lower}:", "            best = epoch"]
        lines += ["            weights = model.get_weights()"] * best
        if stops:
            lines += [f"        elif epoch - best >= {config.patience}:", "            break"]
    lines += ["    model.set_weights(weights)"] * best
    return "\n".join(lines)
