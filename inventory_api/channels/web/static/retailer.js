// How far an upload is, and what becomes of a run, without reloading; both pages are whole without this.
const $ = (id) => document.getElementById(id);
const told = $("told"), upload = $("upload"), FOLLOW_MS = 2000;

if (upload) upload.onsubmit = (event) => {
  event.preventDefault();
  const bar = upload.querySelector("progress"), button = upload.querySelector("button");
  const send = new XMLHttpRequest();
  const end = (text) => { bar.hidden = true; button.disabled = false; told.textContent = text; told.scrollIntoView(); };
  if (upload.elements.file.files[0].size > Number(upload.dataset.limit)) return end(upload.dataset.large);
  told.textContent = "";
  button.disabled = true;
  bar.hidden = false;
  send.upload.onprogress = ({ loaded, total }) => { bar.max = total; bar.value = loaded; };
  send.onerror = () => end(upload.dataset.broken);
  send.onload = () => {
    const answer = send.response;
    if (send.responseURL !== upload.action) location.assign(send.responseURL);
    else if (send.status !== 401) end(answer?.getElementById("told")?.textContent ?? upload.dataset.broken);
    else document.querySelector("main").replaceWith(answer.querySelector("main"));
  };
  send.open("POST", upload.action);
  send.setRequestHeader("Accept", "text/html");
  send.responseType = "document";
  send.send(new FormData(upload));
};

const follow = async () => {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer && [401, 404].includes(answer.status)) return location.reload();
  if (answer && answer.ok) {
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if ($("status").textContent !== next.getElementById("status").textContent) {
      document.title = next.title;
      $("status").className = next.getElementById("status").className;
      $("status").replaceChildren(...next.getElementById("status").childNodes);
    }
    $("run").replaceWith(next.getElementById("run"));
  }
  if ("live" in $("run").dataset) setTimeout(follow, FOLLOW_MS);
};
if ($("run") && "live" in $("run").dataset) setTimeout(follow, FOLLOW_MS);
