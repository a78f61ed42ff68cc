"""What `program_html` asks the shop for over Magento's REST interface."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from agentgym_core.errors import EnvironmentFault

_SECONDS = 30.0


class ShopApi:
    """Reads orders and reviews with the account of the shop's administration.

    :param address: the shop's. :param account: the administrator's name and password.
    """

    def __init__(self, address: str, account: tuple[str, str]) -> None:
        self._address = address
        self._account = account

    def latest_order(self) -> str:
        """The address of the page of the order that was placed last."""
        found = self._get(
            "orders",
            {
                "searchCriteria[sortOrders][0][field]": "created_at",
                "searchCriteria[sortOrders][0][direction]": "DESC",
                "searchCriteria[pageSize]": "1",
            },
        )
        orders = found.get("items") if isinstance(found, dict) else None
        if not orders:
            return f"{self._address}/sales/order/history/"
        return f"{self._address}/sales/order/view/order_id/{int(orders[0]['entity_id'])}/"

    def latest_review(self, sku: str) -> dict[str, Any]:
        """The review of a product that was written last, or an empty one."""
        found = self._get(f"products/{quote(sku, safe='')}/reviews", {})
        return dict(found[-1]) if found else {}

    def _get(self, path: str, query: dict[str, str]) -> Any:
        name, password = self._account
        try:
            with httpx.Client(base_url=f"{self._address}/rest/V1/", timeout=_SECONDS, trust_env=False) as client:
                token = client.post("integration/admin/token", json={"username": name, "password": password})
                token.raise_for_status()
                answer = client.get(path, params=query, headers={"Authorization": f"Bearer {token.json()}"})
                answer.raise_for_status()
                return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            # The message of an HTTP error has the address, and never the password.
            raise EnvironmentFault(
                f"webarena: the shop's REST interface did not answer: {type(error).__name__}",
                hint="the evaluator signs in there with the account of shopping_admin",
            ) from None
