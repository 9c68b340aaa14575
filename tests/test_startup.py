import gc

from chatbot_project.startup import freeze_loaded_objects


def test_what_is_loaded_is_gone_through_no_more() -> None:
    loaded = len(gc.get_objects())
    freeze_loaded_objects()
    try:
        assert len(gc.get_objects()) < loaded / 10
        assert gc.isenabled()
    finally:
        gc.unfreeze()
