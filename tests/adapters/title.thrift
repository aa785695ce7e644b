// A title review service (职称评审) as a department would write it, and the broker's own listener.
namespace cpp luqiao.peer

struct Header {
  1: string message_id
  2: string format
  3: string app_key
  4: string timestamp
  5: string nonce
  6: string sign
}

struct Award {
  1: string name
  2: i32 year
}

struct TitleApplication {
  1: string applicant
  2: i32 years_in_post
  3: list<Award> awards
  4: map<string, string> extra
  5: double score
  6: i64 salary_cents
  7: bool recommended
}

struct Reply {
  1: string code
  2: string text
  3: string serial
}

exception Refusal {
  1: string reason
}

exception Busy {
  1: i32 seconds
}

service TitleReview {
  Reply submit(1: Header header, 2: TitleApplication body) throws (1: Refusal refusal, 2: Busy busy)
}

struct Receipt {
  1: string code
  2: string text
  3: string message_id
  4: string case_number
  5: string sm3
  6: string bundle
}

service Exchange {
  Receipt submit(1: Header header, 2: TitleApplication body)
  Receipt withdraw(1: Header header)
}
