"""The application itself: contribute, screen, review, settle, release."""
