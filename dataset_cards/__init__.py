"""Card templates: what a reader of a released dataset is told, one Jinja file for each kind of dataset."""
