"""What a person does about their own account: sessions are seen and ended (`sessions.py`; which browser and
system it is says `browsers.py`), the password is changed (`passwords.py`), over REST (`rest.py`). And what an
administrator does: an account is deleted (`deletion.py`)."""
