package oathgate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;

/**
 * Fetches a token by client credentials, for clients older than 3.1, which have nothing of the kind (KIP-768).
 * The endpoint is the JAAS option {@code tokenEndpoint}; id and secret are those that newer clients have there.
 */
public final class Login implements AuthenticateCallbackHandler {
    private Map<String, ?> options;

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
        options = entries.get(0).getOptions();
    }

    @Override
    public void handle(Callback[] callbacks) throws IOException {
        for (Callback callback : callbacks) {
            if (callback instanceof OAuthBearerTokenCallback wanted) {
                wanted.token(fetch());
            }
        }
    }

    @Override
    public void close() {}

    private OAuthBearerToken fetch() throws IOException {
        URI endpoint = URI.create((String) options.get("tokenEndpoint"));
        HttpURLConnection connection = (HttpURLConnection) endpoint.toURL().openConnection();
        String pair = options.get("clientId") + ":" + options.get("clientSecret");
        connection.setRequestProperty("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
        connection.setDoOutput(true);
        connection.getOutputStream().write("grant_type=client_credentials".getBytes(StandardCharsets.UTF_8));
        ObjectMapper mapper = new ObjectMapper();
        String token = mapper.readTree(connection.getInputStream()).get("access_token").asText();
        JsonNode claims = mapper.readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
        return new Token(token, claims.get("exp").asLong() * 1000, claims.get("sub").asText());
    }

    private record Token(String value, long lifetimeMs, String principalName) implements OAuthBearerToken {
        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public Long startTimeMs() {
            return null;
        }
    }
}
