// Name and password, or a token; either becomes a cookie that no script can read.
import { h, Component } from "../lib.js";
import { hub } from "../hub.js";
import { Failure } from "../view.js";

export class Login extends Component {
  state = { byToken: false, error: null, busy: false };

  submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const body = this.state.byToken
      ? { token: form.get("token").trim() }
      : { user: form.get("username"), password: form.get("password") };
    this.setState({ busy: true, error: null });
    try {
      await hub.login(body);
    } catch (error) {
      this.setState({ busy: false, error });
    }
  };

  render(_, { byToken, error, busy }) {
    return h(
      "article",
      { class: "login" },
      h("h1", null, h("img", { src: "icon.svg", alt: "", width: 32, height: 32 }), " Fairlead"),
      h(
        "form",
        { method: "post", onSubmit: this.submit },
        byToken
          ? h(
              "label",
              { key: "token" },
              "Token",
              h("input", { name: "token", type: "password", required: true, autocomplete: "off", spellcheck: false, "aria-describedby": "where" }),
              h("small", { id: "where" }, "A token of control.tokens, or the generated one: the file control.token in the state directory."),
            )
          : [
              h("label", { key: "user" }, "User", h("input", { name: "username", required: true, autocomplete: "username", autocapitalize: "none", spellcheck: false })),
              h("label", { key: "password" }, "Password", h("input", { name: "password", type: "password", required: true, autocomplete: "current-password" })),
            ],
        h(Failure, { error }),
        h("button", { type: "submit", "aria-busy": busy ? "true" : undefined, disabled: busy }, "Log in"),
        h(
          "button",
          { type: "button", class: "link", onClick: () => this.setState({ byToken: !byToken, error: null }) },
          byToken ? "Use a name and a password" : "Use a token",
        ),
      ),
    );
  }
}
