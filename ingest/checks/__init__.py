"""May this feed be used? ``statistics`` says what a file and its history look like, ``rails`` what that means."""
