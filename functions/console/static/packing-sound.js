// A tone and a voice, once each; a browser without them stays silent, and the screen says the same.
"use strict";
const PackingSound = (() => {
  let context = null;

  function tone(hertz, seconds, from = 0) {
    const [wave, loud] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + from;
    wave.frequency.value = hertz;
    loud.gain.setValueAtTime(0.25, start);
    loud.gain.exponentialRampToValueAtTime(0.001, start + seconds);
    wave.connect(loud).connect(context.destination);
    wave.start(start);
    wave.stop(start + seconds);
  }

  function play(kind) {
    if (!window.AudioContext) return;
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume().catch(() => undefined);
    if (kind === "stop") { tone(160, 0.5); tone(130, 0.7, 0.25); }
    else if (kind === "done") { tone(880, 0.12); tone(1320, 0.2, 0.12); }
    else tone(990, 0.12);
  }

  function say(words) {
    if (!window.speechSynthesis || !words) return;
    const said = new SpeechSynthesisUtterance(words);
    said.lang = document.documentElement.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(said);
  }

  return { play, say };
})();
