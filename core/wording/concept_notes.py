"""What to notice on the concept pages: sentences computed from the numbers shown."""

import numpy as np

from core.transforms import AugmentationConfig


def augmentation_notes(original: np.ndarray, variants: np.ndarray, config: AugmentationConfig) -> list[str]:
    """How far the variants are from the original, and what the label's part in it is.

    Args:
        original: uint8 (s, s, 3).
        variants: uint8 (n, s, s, 3).
    """
    if not config.active:
        return ["Every transform is off: each variant equals the original, pixel for pixel."]
    moved = np.abs(variants.astype(np.int16) - original.astype(np.int16)).mean()
    same = int((variants == original).all(axis=(1, 2, 3)).sum())
    notes = [
        f"On average a pixel differs from the original's by {moved:.0f} of 255 grey levels, and the label "
        "stays the same: the network must learn to look past all that."
    ]
    if same:
        why = ": a coin decides on each flip" if "flip" in config.on else ""
        notes.append(f"{same} of the {len(variants)} came out unchanged{why}.")
    return notes
