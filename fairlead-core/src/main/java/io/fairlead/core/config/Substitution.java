package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Severity;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${env:NAME}}, {@code ${env:NAME:-default}}, {@code ${file:PATH}} and {@code
 * ${cred:NAME}} in one scalar; {@code $${} stands for <code>${</code>. Works on parsed scalars,
 * never on text, so that what comes in cannot bring structure with it.
 */
final class Substitution {
  private static final int FILE_BYTES_MAX = 64 * 1024;
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern KIND = Pattern.compile("[A-Za-z]{1,16}");
  private static final Pattern CREDENTIAL = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}");
  // Variables named so hold secrets by everybody's habit; their values are never printed.
  private static final Pattern SECRET_NAME =
      Pattern.compile("(?i).*(secret|token|passw|passphrase|credential|key|auth|pwd).*");

  private final Environment environment;
  private final Path baseDir;
  private final ProblemList problems;

  Substitution(Environment environment, Path baseDir, ProblemList problems) {
    this.environment = environment;
    this.baseDir = baseDir;
    this.problems = problems;
  }

  private record Piece(String text, boolean tainted) {}

  Scalar apply(String written, boolean plain, boolean tagged, Span span) {
    if (!written.contains("${")) {
      return new Scalar(written, written, plain, tagged, tagged, span);
    }
    StringBuilder text = new StringBuilder();
    boolean tainted = tagged;
    int at = 0;
    while (at < written.length()) {
      int open = written.indexOf("${", at);
      if (open < 0) {
        text.append(written, at, written.length());
        break;
      }
      if (open > 0 && open - 1 >= at && written.charAt(open - 1) == '$') {
        text.append(written, at, open - 1).append("${");
        at = open + 2;
        continue;
      }
      text.append(written, at, open);
      int close = written.indexOf('}', open);
      if (close < 0) {
        refuse(span, Codes.SUBSTITUTION, "`${` without `}`", "a literal `${` is written `$${`");
        break;
      }
      Piece piece = resolve(written.substring(open + 2, close), span);
      text.append(piece.text());
      tainted |= piece.tainted();
      at = close + 1;
    }
    boolean whole = written.startsWith("${") && written.indexOf('}') == written.length() - 1;
    return new Scalar(text.toString(), written, plain || whole, tagged, tainted, span);
  }

  private Piece resolve(String expression, Span span) {
    int colon = expression.indexOf(':');
    String kind = colon < 0 ? "" : expression.substring(0, colon);
    String name = expression.substring(colon + 1);
    return switch (kind) {
      case "env" -> variable(name, span);
      case "file" -> file(name, span);
      case "cred" -> credential(name, span);
      default -> {
        refuse(
            span,
            Codes.SUBSTITUTION,
            // What else is written there may be meant as a secret, as a default often is.
            (KIND.matcher(kind).matches() ? "`${" + kind + ":…}`" : "`${…}`")
                + " is not a known substitution",
            "write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${cred:NAME}");
        yield new Piece("", false);
      }
    };
  }

  private Piece variable(String expression, Span span) {
    int dash = expression.indexOf(":-");
    String name = dash < 0 ? expression : expression.substring(0, dash);
    boolean tainted = SECRET_NAME.matcher(name).matches();
    if (!VARIABLE.matcher(name).matches()) {
      refuse(
          span,
          Codes.SUBSTITUTION,
          "`${env:…}` without the name of a variable",
          "a name has letters, digits and _");
      return new Piece("", tainted);
    }
    Optional<String> value = environment.variable(name);
    if (dash >= 0) {
      String fallback = expression.substring(dash + 2);
      return new Piece(value.filter(text -> !text.isEmpty()).orElse(fallback), tainted);
    }
    if (value.isEmpty()) {
      refuse(
          span,
          Codes.NO_VARIABLE,
          "the environment variable " + name + " is not set, from ${env:" + name + "}",
          "set it, or give a default: ${env:" + name + ":-…}");
    }
    return new Piece(value.orElse(""), tainted);
  }

  private Piece file(String name, Span span) {
    Path file;
    try {
      if (name.isEmpty()) throw new InvalidPathException(name, "empty");
      file = baseDir.resolve(name).normalize();
    } catch (InvalidPathException notAPath) {
      refuse(span, Codes.SUBSTITUTION, "`${file:…}` without a usable path", "write ${file:PATH}");
      return new Piece("", true);
    }
    return read(file, "${file:" + Literals.shorten(name) + "}", true, span);
  }

  private Piece credential(String name, Span span) {
    if (!CREDENTIAL.matcher(name).matches()) {
      refuse(
          span,
          Codes.SUBSTITUTION,
          "`" + Literals.shorten(name) + "` is not the name of a credential",
          "a name has letters, digits, `_`, `-` and `.`, and does not start with `.`");
      return new Piece("", true);
    }
    String from = "${cred:" + name + "}";
    Optional<Path> folder = environment.credentialsDir();
    if (folder.isEmpty()) {
      refuse(
          span,
          Codes.NO_FILE,
          "there are no credentials here, from " + from,
          "the service manager must pass them (LoadCredential=" + name + ":…)");
      return new Piece("", true);
    }
    return read(folder.get().resolve(name), from, false, span);
  }

  private Piece read(Path file, String from, boolean checkOpen, Span span) {
    try {
      Environment.Content content = environment.read(file, FILE_BYTES_MAX);
      if (checkOpen && content.open()) {
        problems.add(
            new Problem(
                Severity.WARNING,
                Codes.OPEN_FILE.id(),
                "",
                span.place(),
                "others may read " + file + ", from " + from,
                "chmod 600 " + file,
                List.of()));
      }
      return new Piece(withoutLastNewline(content.text()), true);
    } catch (CharacterCodingException notUtf8) {
      refuse(span, Codes.NO_FILE, file + " is not UTF-8, from " + from, "");
    } catch (IOException unreadable) {
      refuse(
          span,
          Codes.NO_FILE,
          "cannot read " + file + ", from " + from + ": " + reason(unreadable),
          "");
    }
    return new Piece("", true);
  }

  static String reason(IOException failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : Literals.shorten(message);
  }

  private static String withoutLastNewline(String text) {
    if (text.endsWith("\r\n")) return text.substring(0, text.length() - 2);
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  private void refuse(Span span, Code code, String message, String hint) {
    problems.error(code, "", span.place(), message, hint);
  }
}
