"""Every page with its views, as the navigation and the choices of views name them."""

from playwright.sync_api import Page

from tests.browser.steps import settle

VIEWS = {
    "Start": (),
    "Layers": ("Map", "Evidence", "Inside a layer", "What to freeze"),
    "Augmentation": ("Variants", "One picture's features", "Ranking", "Does it help here?"),
    "Bottleneck features": ("Shapes", "Map of the images", "One image", "By depth"),
    "Fine-tuning": (
        "Retrain", "When it hurts", "When it hurts > Too long", "When it hurts > Broken on purpose",
        "BatchNorm", "From scratch",
    ),
    "Lab questions": (),
    "Data": ("Pictures", "Balance and splits", "Trouble", "Data sets"),
    "Predict": ("One picture", "Many pictures"),
    "Compare": (
        "Numbers", "Mistakes", "Certainty", "Certainty > A class not to miss", "Certainty > 5-fold",
        "Certainty > Several seeds", "Runs",
    ),
    "How deep?": ("Curve", "By number of images", "Find the best"),
    "How many images?": (),
    "What mattered?": ("Rewind", "Dial", "Similarity", "Shift"),
}  # fmt: skip


def in_view(page: Page, view: str) -> None:
    """Open a view by the choice of views; `>` leads into a view of a view."""
    main = page.get_by_test_id("stMain")
    for name in view.split(" > "):
        main.get_by_role("radio", name=name, exact=True).click()
        settle(page)
