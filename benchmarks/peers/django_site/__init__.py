"""A Django site for three peers: plain DRF, django-ninja and django-bolt, with the same models."""
