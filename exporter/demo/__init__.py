"""The demo: a made-up user, who writes into a folder what Claude would write there. The tracker reads it as usual."""
