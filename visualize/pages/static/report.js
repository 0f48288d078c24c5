// Filters and sorts the cards of a layer, keeps the state in the address, and moves by keys.
"use strict";
(function () {
  const form = document.getElementById("filter");
  const list = document.getElementById("cards");

  function typing(target) {
    return target instanceof Element && target.closest("input, select, textarea, [contenteditable]") !== null;
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && form && !typing(event.target)) {
      event.preventDefault();
      form.elements.text.focus();
    }
    if (event.key === "Escape" && form && event.target === form.elements.text) {
      form.elements.text.blur();
    }
    if (!list && !typing(event.target) && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const link = document.querySelector(event.key === "ArrowLeft" ? 'a[rel="prev"]' : 'a[rel="next"]');
      if (link) location.href = link.href;
    }
    if (list && list.contains(event.target)) move(event);
  });

  function move(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    const shown = Array.from(list.children);
    const here = shown.indexOf(event.target.closest(".card"));
    if (here < 0) return;
    let next = null;
    if (event.key in steps) next = here + steps[event.key];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const top = shown[0].offsetTop;
      let columns = shown.findIndex(function (card) { return card.offsetTop !== top; });
      if (columns < 1) columns = shown.length;
      next = here + (event.key === "ArrowDown" ? columns : -columns);
    }
    if (event.key === "Home") next = 0;
    if (event.key === "End") next = shown.length - 1;
    if (next === null) return;
    event.preventDefault();
    const card = shown[Math.max(0, Math.min(shown.length - 1, next))];
    card.querySelector("a").focus();
  }

  if (!form || !list) return;
  const cards = Array.from(list.children).map(function (element, place) {
    const data = element.dataset;
    return {
      element: element, place: place, unit: Number(data.unit), name: data.name, category: data.category,
      iou: Number(data.iou), text: data.text.toLowerCase(),
    };
  });
  const fields = ["text", "name", "category", "iou", "sort"].filter(function (name) { return form.elements[name]; });
  const orders = {
    "": function (a, b) { return a.place - b.place; },
    name: function (a, b) { return (!a.name - !b.name) || a.name.localeCompare(b.name) || b.iou - a.iou || a.unit - b.unit; },
    category: function (a, b) {
      return (!a.category - !b.category) || a.category.localeCompare(b.category) || b.iou - a.iou || a.unit - b.unit;
    },
    unit: function (a, b) { return a.unit - b.unit; },
  };
  function fill() {
    const state = new URLSearchParams(location.hash.slice(1));
    fields.forEach(function (name) {
      form.elements[name].value = state.get(name) || "";
      if (form.elements[name].selectedIndex === -1) form.elements[name].value = "";
    });
    apply();
  }

  function keep() {
    const state = new URLSearchParams();
    fields.forEach(function (name) {
      if (form.elements[name].value) state.set(name, form.elements[name].value);
    });
    const hash = state.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
    apply();
  }

  function value(name) {
    return form.elements[name] ? form.elements[name].value : "";
  }

  function apply() {
    const words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    const name = value("name"), category = value("category"), least = parseFloat(value("iou"));
    const shown = cards.filter(function (card) {
      return (!name || card.name === name) && (!category || card.category === category) &&
        (isNaN(least) || card.iou > least) && words.every(function (word) { return matches(card, word); });
    });
    arrange(shown.sort(orders[value("sort")] || orders[""]).map(function (card) { return card.element; }));
    document.getElementById("shown").textContent =
      (shown.length === cards.length ? "" : shown.length + " of ") + cards.length + " units";
  }

  // Cards that are not shown are taken out: hiding thousands of them is slower by far. Most steps only narrow the list.
  function arrange(wanted) {
    let place = 0;
    const others = [];
    for (const element of list.children) {
      if (element === wanted[place]) place += 1;
      else others.push(element);
    }
    if (place < wanted.length) list.replaceChildren(...wanted);
    else others.forEach(function (element) { element.remove(); });
  }

  function matches(card, word) {
    return /^\d+$/.test(word) ? String(card.unit) === word : card.text.includes(word);
  }

  form.hidden = false;
  form.addEventListener("input", keep);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(keep, 0); });
  window.addEventListener("hashchange", fill);
  window.addEventListener("pageshow", fill);
})();
