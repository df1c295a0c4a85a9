"""Where staff prove who they are: WeCom's own pages (sheet §6)."""

from urllib.parse import urlencode


def authorize_url(open_url: str, corp_id: str, back: str, state: str) -> str:
    """Within WeCom's browser: silent, comes back to ``back`` with ``code`` and ``state``.

    ``state``: letters and digits, at most 128.
    """
    asked = {"appid": corp_id, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base", "state": state}
    return f"{open_url.rstrip('/')}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def scan_url(login_url: str, corp_id: str, agent_id: str, back: str, state: str) -> str:
    """Any other browser: a code to be scanned with WeCom, then back as above."""
    asked = {"login_type": "CorpApp", "appid": corp_id, "agentid": agent_id, "redirect_uri": back, "state": state}
    return f"{login_url.rstrip('/')}/wwlogin/sso/login?{urlencode(asked)}"
