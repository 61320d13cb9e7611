"""Photos of one's own, from a zip on the person's disk to a set that is checked and in use."""

from core.data import datasets
from tests.browser.test_journeys import in_order, settle
from tests.hostile import picture, zip_of
from tests.photos import PETS, build


def test_a_zip_is_uploaded_kept_checked_and_mended(page, app, console, tmp_path):
    (tmp_path / "my pets.zip").write_bytes(zip_of({
        "cats/bad.jpg": b"no picture", "../slip.png": picture(),
        **{f"{name}/same.png": picture() for name in ("cats", "dogs")},
    }))  # fmt: skip
    page.goto(app.url)
    page.get_by_role("button", name="Add your own photos").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "my pets.zip")
    page.get_by_text("8 photos in 2 classes").wait_for()
    page.get_by_text("Set aside: 2 files").wait_for()
    page.get_by_role("button", name="Keep 8 photos").click()
    page.get_by_text("8 photos, 2 classes of 4.").wait_for()
    settle(page)
    page.get_by_text("Check", exact=True).click()
    page.get_by_text("1 picture (the same to the byte) under two labels").wait_for()
    page.get_by_role("button", name="Leave out 2 pictures").click()
    page.get_by_text("6 photos, 2 classes of 3.").wait_for()
    settle(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1440
    assert len(datasets.find("my pets", app.home).items) == 6
    left = [str(path.relative_to(app.home)) for path in (app.home / "photos").rglob("*")]
    assert not [path for path in left if ".incoming" in path], left
    in_order(app, console)


def test_a_folder_is_uploaded_with_its_classes(page, app, console, tmp_path):
    folder = build(tmp_path / "pets", PETS)
    page.goto(app.url)
    page.get_by_role("button", name="Add your own photos").click()
    page.get_by_text("Folder", exact=True).click()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.get_by_role("button", name="Check 17 files").click()
    page.get_by_text("17 photos in 2 classes").wait_for()
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("A folder with one folder a class in it").wait_for()
    assert list((app.home / "photos").iterdir()) == []
    in_order(app, console)
