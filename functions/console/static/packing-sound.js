// A tone and a voice. Browsers play nothing before the first key or tap: until then the page says so (`onChange`).
"use strict";
const PackingSound = (() => {
  const SILENT = { tone: !(window.AudioContext ?? window.webkitAudioContext), voice: !window.speechSynthesis || !window.SpeechSynthesisUtterance };
  const LATE_MS = 500;
  let context = null;
  let speaking = null; // kept: what is being said must not be collected
  let changed = () => undefined, mute = () => undefined;

  const state = () => (SILENT.tone ? "none" : context?.state === "running" ? "on" : "locked");

  function unlock() {
    if (SILENT.tone || state() === "on") return;
    if (!context) {
      context = new (window.AudioContext ?? window.webkitAudioContext)();
      context.addEventListener("statechange", () => changed(state()));
      if (!SILENT.voice) { const first = new SpeechSynthesisUtterance(" "); first.volume = 0; speechSynthesis.speak(first); } // a phone's voice asks for a tap too
    }
    context.resume().catch(() => undefined);
  }
  for (const gesture of ["pointerdown", "pointerup", "touchend", "keydown"]) document.addEventListener(gesture, unlock, { capture: true, passive: true });

  function tone(hertz, seconds, from = 0, shape = "sine") {
    const [wave, loud] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + from;
    wave.type = shape;
    wave.frequency.value = hertz;
    loud.gain.setValueAtTime(0.3, start);
    loud.gain.exponentialRampToValueAtTime(0.001, start + seconds);
    wave.connect(loud).connect(context.destination);
    wave.start(start);
    wave.stop(start + seconds);
  }

  // right: high; done: high and higher; wrong: low; alarm: three times high and low.
  const TONES = {
    right: () => tone(990, 0.12),
    done: () => { tone(880, 0.12); tone(1320, 0.2, 0.12); },
    wrong: () => { tone(160, 0.5, 0, "square"); tone(130, 0.6, 0.25, "square"); },
    alarm: () => [0, 0.5, 1].forEach((from) => { tone(740, 0.24, from, "square"); tone(370, 0.26, from + 0.24, "square"); }),
  };

  // A tone that comes late means nothing, so what could not be played at once is not played at all.
  function play(kind) {
    if (!context) return;
    if (context.state === "running") { TONES[kind](); return; }
    const asked = performance.now();
    context.resume().then(() => { if (performance.now() - asked < LATE_MS) TONES[kind](); }, () => undefined);
  }

  // What is said now replaces what was being said: a stop is not heard after a gift.
  function say(words, language) {
    if (SILENT.voice || !words) return;
    const lang = language ?? document.documentElement.lang;
    speaking = new SpeechSynthesisUtterance(words);
    speaking.lang = lang;
    speaking.onerror = ({ error }) => { if (!["canceled", "interrupted", "not-allowed"].includes(error)) mute(); };
    speaking.voice = speechSynthesis.getVoices().find((one) => one.lang.replace("_", "-").toLowerCase().startsWith(lang.toLowerCase())) ?? null;
    if (speechSynthesis.speaking || speechSynthesis.pending) speechSynthesis.cancel();
    speechSynthesis.speak(speaking);
  }

  // Told when this browser speaks no such language: some learn their voices late, some when they are to speak.
  function onNoVoice(language, told) {
    mute = told;
    if (SILENT.voice) { told(); return; }
    const look = () => { const all = speechSynthesis.getVoices(); if (all.length && !all.some((one) => one.lang.startsWith(language))) told(); };
    look();
    speechSynthesis.addEventListener?.("voiceschanged", look);
  }

  return { SILENT, onNoVoice, state, play, say, unlock, onChange: (told) => { changed = told; told(state()); } };
})();
