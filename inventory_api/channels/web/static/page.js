// What the page can do more where scripts run; it is whole without.
"use strict";
const $ = (id) => document.getElementById(id);

// Where am I? Asked on a tap only, to a hundred meters; a refusal leaves the box as it is.
const locate = $("locate");
if (locate && navigator.geolocation) {
  locate.hidden = false;
  locate.onclick = () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      $("near").value = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`;
      if (!$("q") || $("q").value) locate.form.requestSubmit();
      else $("q").focus();
    },
    () => { $("told").textContent = locate.dataset.denied; $("near").focus(); },
    { maximumAge: 300000, timeout: 10000 },
  );
}

// The receiver of a link sees a fresh answer.
const share = $("share");
if (share && (navigator.share || navigator.clipboard)) {
  share.hidden = false;
  share.onclick = async () => {
    if (navigator.share) return void navigator.share({ title: document.title, url: location.href }).catch(() => {});
    await navigator.clipboard.writeText(location.href);
    share.textContent = share.dataset.copied;
  };
}

// A photo is read as soon as it is chosen; where the browser knows barcodes, its camera reads them by itself.
const photo = $("photo"), live = $("live"), camera = $("camera");
if (photo) photo.onchange = () => photo.files.length && photo.form.requestSubmit();
if (live && "BarcodeDetector" in window && navigator.mediaDevices) {
  live.hidden = false;
  live.onclick = async () => {
    const detector = new BarcodeDetector({ formats: ["ean_13", "ean_8", "upc_a", "upc_e"] });
    const scan = live.closest("details");
    live.disabled = true;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch { live.disabled = false; photo.click(); return; }
    // Nobody is watched behind a closed fold.
    const stop = () => {
      stream.getTracks().forEach((track) => track.stop());
      camera.hidden = true;
      live.disabled = false;
    };
    if (!scan.open) return stop();
    scan.ontoggle = stop;
    camera.srcObject = stream;
    camera.hidden = false;
    await camera.play();
    const look = async () => {
      if (!stream.active) return;
      const [code] = await detector.detect(camera).catch(() => []);
      if (!code) return void setTimeout(look, 150);
      stop();
      $("q").value = code.rawValue;
      $("q").form.requestSubmit();
    };
    look();
  };
}

// Without a connection the last answer is shown, with the time of it.
if (document.documentElement.dataset.saved) {
  const at = new Date(document.documentElement.dataset.saved);
  const saved = $("saved"), lang = document.documentElement.lang;
  const time = at.toLocaleString(lang, { dateStyle: "medium", timeStyle: "short", numberingSystem: "latn" });
  saved.textContent = saved.dataset.text.replace("{time}", time);
  saved.hidden = false;
}
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js");
