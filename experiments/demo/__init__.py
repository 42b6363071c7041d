"""The demo in a browser: what a scheduler sees and grants, window by window, beside an oracle."""
