"""What tests of the Data page do with a folder of one's own."""

from core.config import DataConfig


def use(app, path):
    """Type a path into "Your own photos" and press Use."""
    app.text_input(key="own_path").set_value(str(path))
    return app.button(key="use-own").click().run()


def chosen(app) -> DataConfig:
    """What training uses, as this session chose it."""
    found = app.session_state["chosen_data"]
    return next(iter(found.values()))


def view(app, name):
    return app.segmented_control(key="data_view").set_value(name).run()


def add(app, content: bytes, name="my pets.zip"):
    """Upload a zip in the view that adds photos."""
    app = view(app, "sources")
    return app.file_uploader[0].set_value((name, content, "application/zip")).run()
