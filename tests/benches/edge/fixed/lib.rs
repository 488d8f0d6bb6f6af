//! A Spin component that puts the same content into every placeholder of a page, as one writes it with lol_html:
//! what rewriting costs without a decision. Only the benches build it.
#![cfg(target_family = "wasm")]

use std::{
    cell::RefCell,
    env, mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use lol_html::{HtmlRewriter, Settings, element, html_content::ContentType};
use spin_sdk::{
    http::{Error, HeaderValue, Request, Response, send},
    http_service,
    wasip3::http_compat::IncomingResponseBody,
};

/// As long as most that the retail policies place.
const CONTENT: &str = "<article class=\"nearfield\" lang=\"cs\" data-nearfield-action=\"fixed\">\
    <h3 class=\"nearfield-title\">The same for everybody</h3>\
    <p class=\"nearfield-body\">This text was chosen when the page was built, so nothing has to be decided.</p>\
    <p class=\"nearfield-buttons\"><button class=\"nearfield-act\" type=\"button\">Show more</button></p></article>";

#[http_service]
async fn handle(request: Request) -> Result<Response<Page>, Error> {
    let origin = env::var("NEARFIELD_ORIGIN").map_err(other)?;
    let mut onward = Request::new(Page::default());
    *onward.uri_mut() = format!("{origin}{}", request.uri().path())
        .parse()
        .map_err(other)?;
    let (mut parts, body) = send(onward).await?.into_parts();
    parts.headers.remove("content-length");
    let private = HeaderValue::from_static("private, no-store");
    parts.headers.insert("cache-control", private);
    Ok(Response::from_parts(parts, Page::of(body)))
}

fn other(cause: impl std::fmt::Display) -> Error {
    Error::other(cause.to_string())
}

/// The origin's page on its way through the rewriter; by default there is none.
#[derive(Default)]
struct Page(Option<Rewriting>);

struct Rewriting {
    origin: IncomingResponseBody,
    rewriter: Option<HtmlRewriter<'static, Sink>>,
    made: Rc<RefCell<Vec<u8>>>,
}

type Sink = Box<dyn FnMut(&[u8])>;

impl Page {
    fn of(origin: IncomingResponseBody) -> Self {
        let made = Rc::<RefCell<Vec<u8>>>::default();
        let sink: Sink = {
            let made = Rc::clone(&made);
            Box::new(move |chunk| made.borrow_mut().extend_from_slice(chunk))
        };
        let fill = element!("[data-placeholder]", |element| {
            element.set_inner_content(CONTENT, ContentType::Html);
            Ok(())
        });
        let settings = Settings::new().append_element_content_handler(fill);
        Self(Some(Rewriting {
            origin,
            rewriter: Some(HtmlRewriter::new(settings, sink)),
            made,
        }))
    }
}

impl Body for Page {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(page) = &mut self.0 else {
            return Poll::Ready(None);
        };
        while let Some(mut rewriter) = page.rewriter.take() {
            let frame = match Pin::new(&mut page.origin).poll_frame(task) {
                Poll::Pending => {
                    page.rewriter = Some(rewriter);
                    return Poll::Pending;
                }
                Poll::Ready(frame) => frame.transpose()?,
            };
            match frame.map(Frame::into_data) {
                None => rewriter.end()?,
                Some(Err(_trailers)) => page.rewriter = Some(rewriter),
                Some(Ok(data)) => {
                    rewriter.write(&data)?;
                    page.rewriter = Some(rewriter);
                }
            }
            let made = mem::take(&mut *page.made.borrow_mut());
            if !made.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(made.into()))));
            }
        }
        Poll::Ready(None)
    }
}
