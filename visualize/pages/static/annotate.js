// Keys, drafts that are kept as they are written, and answers that are sent again until they are saved.
"use strict";
(function () {
  const form = document.getElementById("answer");
  const undo = document.getElementById("undo");
  const said = document.getElementById("said");
  const kept = document.getElementById("kept");
  const RETRY = 1500, PAUSE = 250;
  let leaving = false;

  function typing(target) {
    return target instanceof Element && target.matches("input[type=text], input[type=search], textarea");
  }

  document.addEventListener("keydown", function (event) {
    if (event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && !(event.key === "z" && !typing(event.target))) return;
    if (!typing(event.target) && undo && (event.key === "u" || event.key === "z" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      const button = undo.querySelector("button");
      if (!button.disabled) undo.requestSubmit(button);
      return;
    }
    if (form) pressed(event);
  });

  if (!form) return;
  const word = form.elements.word;
  const shots = Array.from(form.querySelectorAll("input[name=misfit]"));
  const kinds = Array.from(form.querySelectorAll("input[name=kind]"));
  const place = "viz-annotate:" + form.dataset.who + ":" + form.elements.unit.value;

  function pressed(event) {
    if (event.key === "Escape" && event.target === word) {
      event.preventDefault();
      return shots[0].focus();
    }
    if (event.key === "Enter" && event.target instanceof Element && event.target.matches("button, a, summary")) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.repeat) return;
      return enter(event.target);
    }
    if (typing(event.target)) return;
    const digit = /^Digit([0-9])$/.exec(event.code) || /^([0-9])$/.exec(event.key);
    if (digit) {
      const number = (Number(digit[1]) + 9) % 10 + (event.shiftKey ? 10 : 0);
      if (shots[number]) {
        event.preventDefault();
        shots[number].checked = !shots[number].checked;
        shots[number].focus();
        changed();
      }
      return;
    }
    const kind = kinds.find(function (item) { return item.dataset.key === event.key; });
    if (kind) {
      event.preventDefault();
      kind.checked = true;
      kind.focus();
      changed();
    } else if (event.key === "w") {
      event.preventDefault();
      word.focus();
    } else if (event.key === "n") {
      event.preventDefault();
      form.requestSubmit(document.getElementById("nothing"));
    } else if (shots.includes(event.target)) {
      move(event);
    }
  }

  function move(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    const columns = Math.max(1, shots.findIndex(function (shot) {
      return shot.closest(".shot").offsetTop !== shots[0].closest(".shot").offsetTop;
    }));
    steps.ArrowUp = -columns;
    steps.ArrowDown = columns;
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = shots[shots.indexOf(event.target) + steps[event.key]];
    if (next) next.focus();
  }

  // What is missing is asked for first: the word, then the kind; only a whole answer is sent.
  function enter(target) {
    const chosen = kinds.some(function (kind) { return kind.checked; });
    if (!word.value.trim()) {
      say("Write a word, or press n outside of the field if the pictures have nothing in common.");
      word.focus();
    } else if (target === word && !chosen) {
      say("");
      shots[0].focus();
    } else if (!chosen) {
      say("Choose one of the six kinds: press its letter.");
    } else {
      form.requestSubmit(form.querySelector("button.main"));
    }
  }

  function say(text) {
    said.textContent = text;
  }

  function fields(more) {
    const values = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { values.append(name, value); });
    Object.keys(more).forEach(function (name) { values.append(name, more[name]); });
    return values;
  }

  function post(address, values) {
    return fetch(address, {
      method: "POST", body: values, headers: { Accept: "application/json" }, keepalive: true, redirect: "error",
    }).then(function (response) {
      return response.json().catch(function () { return { error: "the page is too old; open it again" }; })
        .then(function (content) { return { status: response.status, content: content }; });
    });
  }

  // A draft lies in the browser at once, and at the server a moment later.
  let at = Math.max(Date.now(), Number(form.dataset.saved) + 1), timer = 0;
  function changed() {
    at = Math.max(Date.now(), at + 1);
    const state = {
      at: at, page: form.elements.page.value, word: word.value, kind: (kinds.find(function (kind) { return kind.checked; }) || {}).value || "",
      misfits: shots.filter(function (shot) { return shot.checked; }).map(function (shot) { return shot.value; }),
    };
    try { localStorage.setItem(place, JSON.stringify(state)); } catch (fault) { /* the server's copy is enough */ }
    say("");
    clearTimeout(timer);
    timer = setTimeout(sendDraft, PAUSE);
  }

  function sendDraft() {
    clearTimeout(timer);
    timer = 0;
    if (leaving) return;
    const sent = at;
    post("/draft", fields({ at: sent })).then(function (answer) {
      if (sent === at) kept.textContent = answer.status === 200 ? "Draft saved." : "Draft kept in this browser: " + answer.content.error;
    }).catch(function () {
      kept.textContent = "The server does not answer; the draft is kept in this browser.";
      if (!timer) timer = setTimeout(sendDraft, RETRY);
    });
  }

  function restore() {
    let state = null;
    try { state = JSON.parse(localStorage.getItem(place)); } catch (fault) { /* nothing to restore */ }
    if (!state || !(state.at > Number(form.dataset.saved))) return;
    word.value = state.word;
    if (state.page === form.elements.page.value) {
      shots.forEach(function (shot) { shot.checked = state.misfits.includes(shot.value); });
    }
    kinds.forEach(function (kind) { kind.checked = kind.value === state.kind; });
    at = state.at;
    sendDraft();
  }

  form.addEventListener("input", changed);
  window.addEventListener("pagehide", function () { if (timer) sendDraft(); });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (leaving) return;
    const nothing = event.submitter && event.submitter.id === "nothing";
    if (!nothing && !word.value.trim()) {
      say("Write a word, or say that the pictures have nothing in common.");
      return word.focus();
    }
    if (!nothing && !kinds.some(function (kind) { return kind.checked; })) {
      say("Choose one of the six kinds.");
      return kinds[0].focus();
    }
    leaving = true;
    clearTimeout(timer);
    at = Math.max(Date.now(), at + 1);
    send(fields(nothing ? { at: at, nothing: "1" } : { at: at }));
  });

  function send(values) {
    post("/answer", values).then(function (answer) {
      if (answer.status === 200) {
        try { localStorage.removeItem(place); } catch (fault) { /* nothing lies there */ }
        location.assign(answer.content.next);
      } else if (answer.status >= 500) {
        again(values, answer.content.error);
      } else {
        leaving = false;
        say("Not saved: " + answer.content.error);
      }
    }).catch(function () { again(values, "the server does not answer"); });
  }

  function again(values, reason) {
    say("Not saved yet: " + reason + ". It is kept here, and sent again until it is saved.");
    setTimeout(function () { send(values); }, RETRY);
  }

  restore();
  word.focus();
  word.setSelectionRange(word.value.length, word.value.length);
})();
