"""The list as a picture."""

from __future__ import annotations

from html import escape

from agentgym_env_todo.backend import Backend


def page(backend: Backend, today: str) -> str:
    """Projects and open tasks as an HTML fragment."""
    parts = [f"<p>{escape(today)}</p>"]
    for project in backend.projects():
        star = " ★" if project.is_favorite else ""
        rows = "".join(
            f"<tr><td>{escape(item.content)}</td><td>{escape(item.due_date or '')}</td><td>p{item.priority}</td>"
            f"<td>{'' if item.minutes is None else f'{item.minutes} min'}</td></tr>"
            for item in backend.tasks(project.id)
        )
        parts.append(f"<h4>{escape(project.name)}{star}</h4><table>{rows}</table>")
    return "".join(parts)
