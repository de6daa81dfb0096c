package io.fairlead.http.files;

import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.ServerExchange;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A request for a file.
 *
 * @param facts with the path in the tree
 * @param askedPath what the client asked for, which is another one where the route rewrites it
 * @param rules changes to the response's fields
 * @param errors what errors are shown as
 * @param missing called on the exchange's event loop where nothing lies at the path; null for the
 *     answer 404
 */
public record FileRequest(
    ServerExchange exchange,
    RequestFacts facts,
    String askedPath,
    FieldRules rules,
    UnaryOperator<Answer> errors,
    @Nullable Runnable missing) {
  void answer(Answer answer) {
    exchange.respond(rules.applyTo(answer.status() < 400 ? answer : errors.apply(answer), facts));
  }
}
