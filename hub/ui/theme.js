// The switch between light and dark, remembered as a cookie; where nobody chose, or the address says __theme, Gradio's
// own choice stays, which is the system's.
{
  const button = element.querySelector("#theme");
  const show = (dark) => {
    document.body.classList.toggle("dark", dark);
    button.ariaPressed = dark;
  };
  const chosen = window.vernissageCookies.read("vernissage_theme");
  const asked = new URLSearchParams(location.search).has("__theme");
  show(chosen && !asked ? chosen === "dark" : document.body.classList.contains("dark"));
  button.addEventListener("click", () => {
    show(!document.body.classList.contains("dark"));
    window.vernissageCookies.write("vernissage_theme", document.body.classList.contains("dark") ? "dark" : "light");
  });
}
