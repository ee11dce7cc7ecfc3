"""The control API under `/_control/`: the hands, eyes and mouths of people, and of tests."""
