import gc

from chatbot_project.startup import spare_what_is_loaded


def test_what_is_loaded_is_gone_through_no_more() -> None:
    loaded = len(gc.get_objects())
    spare_what_is_loaded()
    try:
        assert len(gc.get_objects()) < loaded / 10
        assert gc.isenabled()
    finally:
        gc.unfreeze()
