"""Settings. Everything a deployment changes comes from the environment; see docs/guide/configuration.md."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from fondaco.config import logs
from fondaco.config.sign_in import *  # noqa: F403 - identity has its own page of settings
from fondaco.kernel.files import whole_file
from fondaco.kernel.postgres import cluster

ROOT = Path(__file__).resolve().parents[3]
HOME = Path(os.environ.get("FONDACO_HOME", ROOT / ".fondaco"))
SHARED_DATA = Path(os.environ.get("FONDACO_DATA", ROOT.parent / "shared" / "data"))
PRODUCTION = os.environ.get("FONDACO_ENV") == "production"
DEBUG = os.environ.get("FONDACO_DEBUG") == "1"


def _secret_key() -> str:
    if key := os.environ.get("SECRET_KEY"):
        return key
    if PRODUCTION:
        raise SystemExit("Set SECRET_KEY: a production server does not make its own.")
    kept = HOME / "secret_key"
    if not kept.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        with whole_file(kept) as part:  # another process may be starting just now
            part.touch(0o600)
            part.write_text(secrets.token_urlsafe(48))
    return kept.read_text()


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": False, **query},
        "CONN_MAX_AGE": 60,
        "TEST": {"NAME": os.environ.get("FONDACO_TEST_DB", "test_fondaco")},
    }


EMBEDDED = "DATABASE_URL" not in os.environ
DATABASE_URL = os.environ.get("DATABASE_URL") or cluster(HOME).url("fondaco")
LOGGING = logs.LOGGING
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
ROOT_URLCONF = "fondaco.config.urls"
ASGI_APPLICATION = "fondaco.config.asgi.application"
WSGI_APPLICATION = "fondaco.config.wsgi.application"
AUTH_USER_MODEL = "parties.User"
SITE_ID = 1

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "fondaco.delivery.web",  # before allauth: our templates go before theirs
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_cotton",
    "django_htmx",
    "lucide",
    "ninja",  # serves the API's documentation page from here, not from a CDN
    "fondaco.kernel",
    "fondaco.parties",
    "fondaco.commerce.catalog",
    "fondaco.commerce.orders",
    "fondaco.systems.finance",
    "fondaco.systems.logistics",
    "fondaco.systems.risk",
    "fondaco.systems.sharing",
    "fondaco.systems.statistics",
    "fondaco.platforms.window",
    "fondaco.delivery.jobs",
    "fondaco.delivery.api",
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese")), ("ar", _("Arabic"))]
LOCALE_PATHS = [ROOT / "src" / "fondaco" / "delivery" / "web" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",  # these two before all: problems carry their headers, too
    "csp.middleware.CSPMiddleware",
    "fondaco.delivery.api.middleware.ApiProblemMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fondaco.delivery.web.middleware.PrivacyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fondaco.parties.middleware.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "fondaco.delivery.web.middleware.SeatMiddleware",
    "fondaco.delivery.web.middleware.ZoneMiddleware",
    "fondaco.delivery.web.middleware.ProblemMiddleware",
    "fondaco.delivery.web.middleware.TypedMiddleware",
    "fondaco.delivery.web.middleware.TableFileMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "fondaco.delivery.web.context.shell",
            ],
            "builtins": ["django.templatetags.i18n", "fondaco.delivery.web.templatetags.fondaco"],
        },
    },
]

# Where the payment provider's card page is: card numbers are typed there, never here.
# A folder through which messages of customs go and come instead of the simulator; empty: the simulator.
CUSTOMS_DROP = os.environ.get("FONDACO_CUSTOMS_DROP", "")
PAYMENT_PAGES = os.environ.get("FONDACO_PAYMENT_PAGES", "http://127.0.0.1:8089")

# Pages: no inline script, no inline style, nothing from anybody else's server.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'", PAYMENT_PAGES],  # the checkout's form redirects to the provider's card page
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
COTTON_ISOLATE_BY_DEFAULT = True
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_MAX_AGE = 60 if PRODUCTION else 0
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# The API: how often a key (or a stranger's address) may ask, and the largest file it takes.
API_RATE = os.environ.get("FONDACO_API_RATE", "600/minute")
API_PUBLIC_RATE = os.environ.get("FONDACO_API_PUBLIC_RATE", "60/minute")
API_MAX_BATCH = 16 * 1024 * 1024  # a hundred lists of 99 items each take about 8 MB
API_MAX_UPLOAD = int(os.environ.get("FONDACO_API_MAX_UPLOAD", str(64 * 1024 * 1024)))

LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
