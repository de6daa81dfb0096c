package io.fairlead.core.config;

import java.util.Comparator;
import java.util.List;

/** The reference of diagnostics as Markdown: one section per code. */
public final class DiagnosticsPage {
  private DiagnosticsPage() {}

  /** The page; deterministic. */
  public static String of(List<Code> codes) {
    StringBuilder page = new StringBuilder("# Diagnostics\n\n");
    page.append("F is an error, W is advice. `fairlead help CODE` says the same.\n");
    codes.stream()
        .sorted(Comparator.comparing(Code::id))
        .forEach(
            code ->
                page.append("\n## ")
                    .append(code.id())
                    .append("\n\n")
                    .append(code.title())
                    .append("\n\nWrong:\n\n```text\n")
                    .append(code.wrong())
                    .append("\n```\n\nRight:\n\n```text\n")
                    .append(code.right())
                    .append("\n```\n"));
    return page.toString();
  }
}
