"""How Sphinx makes the site. `scripts/site/build.py` lays its pages out, and calls it."""

from __future__ import annotations

import os

project = "AgentGym SDK"
author = "the contributors of AgentGym SDK"
version = release = os.environ.get("SITE_VERSION", "dev")
root_doc = "index"
extensions = ["myst_parser", "sphinx_design"]
exclude_patterns = ["**/changes/**"]

# Headings get anchors as they have on a forge, so that links to parts of pages are checked here too.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "fieldlist"]
# What follows the front page stands deeper in the house than its headings say: READMEs begin at the top.
suppress_warnings = ["myst.header"]
# Names are written whole in the source, and shown short.
python_use_unqualified_type_names = True
python_display_short_literal_types = True
python_maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"
highlight_language = "text"

html_theme = "furo"
html_title = "AgentGym SDK"
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "versions.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
html_permalinks_icon = "#"
# A page is read from a disk as well as from a server, where a font or a badge of someone else's cannot be had.
