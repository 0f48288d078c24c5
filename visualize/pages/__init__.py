"""Pages of HTML: templates in which all text from data is escaped, pictures for browsing, and charts as SVG."""
