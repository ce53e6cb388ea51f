"""The demo: the whole product on one machine, doing its main job before one's eyes."""
