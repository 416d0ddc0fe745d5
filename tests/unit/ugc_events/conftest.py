from hypothesis import settings

# A slow machine is no bug, and an example of 200 ms no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
