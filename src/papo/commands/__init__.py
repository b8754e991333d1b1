"""The commands, one file each. Imports that only one command needs are inside its functions, for a quick start."""
