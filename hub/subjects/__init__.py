"""What a subject is: its name and its pictures, checked alike by the page and by the training, without torch."""
