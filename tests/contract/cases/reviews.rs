//! Questions about oneself.

use serde_json::json;

use crate::contract::Place;

pub(crate) async fn who_one_is_is_told(at: &Place) {
    let question = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    let answer = at
        .call
        .post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &question)
        .await;
    assert_eq!(answer.status, 201);
    let body = answer.ok();
    assert_eq!(body["kind"], "SelfSubjectReview");
    let user = &body["status"]["userInfo"];
    assert!(
        user["username"].as_str().is_some_and(|name| !name.is_empty()),
        "{body}"
    );
    assert!(
        user["groups"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it == "system:authenticated")),
        "{body}"
    );
}

pub(crate) async fn who_may_do_everything_is_told_so(at: &Place) {
    for (resource, subresource) in [
        ("deployments", ""),
        ("deployments", "scale"),
        ("deployments", "status"),
    ] {
        let question = json!({ "spec": { "resourceAttributes": {
            "namespace": at.namespace, "verb": "patch", "group": "apps", "resource": resource, "subresource": subresource, "name": "web",
        }}});
        let answer = at
            .call
            .post(
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                &question,
            )
            .await;
        assert_eq!(answer.status, 201);
        let body = answer.ok();
        assert_eq!(
            (&body["kind"], &body["status"]["allowed"]),
            (&"SelfSubjectAccessReview".into(), &true.into())
        );
        assert_eq!(body["spec"]["resourceAttributes"]["verb"], "patch");
    }
}

pub(crate) async fn what_one_may_do_is_listed(at: &Place) {
    let question = json!({ "spec": { "namespace": at.namespace } });
    let body = at
        .call
        .post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", &question)
        .await
        .ok();
    let rules = body["status"]["resourceRules"].as_array().expect("rules");
    let everything = |rule: &serde_json::Value| {
        ["verbs", "apiGroups", "resources"]
            .iter()
            .all(|field| rule[*field][0] == "*")
    };
    assert!(rules.iter().any(everything), "{body}");
    assert_eq!(body["status"]["incomplete"], false);
}

pub(crate) async fn a_question_without_a_subject_is_refused(at: &Place) {
    let told = at
        .call
        .post(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            &json!({ "spec": {} }),
        )
        .await;
    told.refused(422, "Invalid");
    let told = at
        .call
        .post(
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            &json!({ "spec": {} }),
        )
        .await;
    told.refused(400, "BadRequest");
}
