"""The entry point of the two peers that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peers.django_site.settings")
application = get_wsgi_application()
